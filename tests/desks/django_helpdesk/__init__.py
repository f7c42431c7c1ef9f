"""Tests of the django-helpdesk desk."""
